"""Names that are unlikely to be a signer's real name: public and fictional figures; and short forms
of given names. Members of Congress and earlier signatories are added from the data."""

from typing import Final

__all__ = ["SHORT_FORMS", "WELL_KNOWN"]

WELL_KNOWN: Final = """
    Donald Trump, Donald J Trump, Donald John Trump, Melania Trump, Ivanka Trump, Eric Trump,
    Bernie Sanders, Chuck Schumer, Bob Menendez, Barak Obama, Abe Lincoln, Teddy Roosevelt,
    Mother Teresa, Albert Einstein, Isaac Newton, Raphael Lemkin, Elie Wiesel, Henry Morgenthau,
    Anne Frank, Hrant Dink, Recep Erdogan, İlham Əliyev,
    Donald Trump Jr, Jared Kushner, JD Vance, James David Vance, Joe Biden, Joseph Biden,
    Joseph R Biden, Jill Biden, Hunter Biden, Kamala Harris, Barack Obama, Barack Hussein Obama,
    Michelle Obama, George Bush, George W Bush, George HW Bush, Bill Clinton, William Clinton,
    Hillary Clinton, Jimmy Carter, Gerald Ford, Ronald Reagan, Richard Nixon, Lyndon Johnson,
    John F Kennedy, John Kennedy, Robert F Kennedy, Robert Kennedy, Franklin Roosevelt,
    Franklin D Roosevelt, Theodore Roosevelt, Woodrow Wilson, Abraham Lincoln, George Washington,
    Thomas Jefferson, John Adams, Benjamin Franklin, John Hancock, Samuel Adams,
    Alexander Hamilton, James Madison, Ulysses Grant, Andrew Jackson, Mike Pence, Al Gore,
    Dick Cheney, Marco Rubio, Pete Hegseth, Pam Bondi, Kristi Noem, Tulsi Gabbard, Kash Patel,
    Scott Bessent, Howard Lutnick, Susie Wiles, Stephen Miller, Steve Bannon, Rudy Giuliani,
    Elon Musk, Jeff Bezos, Bill Gates, Mark Zuckerberg, Tim Cook, Sam Altman, Warren Buffett,
    George Soros, Rupert Murdoch, Anthony Fauci, Antony Blinken, Lloyd Austin, Merrick Garland,
    Janet Yellen, John Kerry, Henry Kissinger, Condoleezza Rice, Colin Powell, Nikki Haley,
    Ron DeSantis, Gavin Newsom, Greg Abbott, Kathy Hochul, Gretchen Whitmer, Josh Shapiro,
    Tim Walz, JB Pritzker, Arnold Schwarzenegger, Eric Adams, Zohran Mamdani, Karen Bass,
    John Roberts, Clarence Thomas, Samuel Alito, Sonia Sotomayor, Elena Kagan, Neil Gorsuch,
    Brett Kavanaugh, Amy Coney Barrett, Ketanji Brown Jackson, Ruth Bader Ginsburg,
    Vladimir Putin, Dmitry Medvedev, Sergey Lavrov, Volodymyr Zelensky, Volodymyr Zelenskyy,
    Ilham Aliyev, Heydar Aliyev, Mehriban Aliyeva, Recep Tayyip Erdogan, Tayyip Erdogan,
    Mustafa Kemal, Kemal Ataturk, Nikol Pashinyan, Serzh Sargsyan, Robert Kocharyan,
    Levon Ter Petrosyan, Armen Sarkissian, Vahagn Khachaturyan, Samvel Karapetyan,
    Benjamin Netanyahu, Mahmoud Abbas, Yasser Arafat, Bashar al Assad, Ali Khamenei,
    Emmanuel Macron, Keir Starmer, Boris Johnson, Rishi Sunak, Tony Blair, Winston Churchill,
    Margaret Thatcher, Angela Merkel, Olaf Scholz, Friedrich Merz, Ursula von der Leyen,
    Viktor Orban, Giorgia Meloni, Pedro Sanchez, Justin Trudeau, Mark Carney, Narendra Modi,
    Mahatma Gandhi, Nelson Mandela, Xi Jinping, Mao Zedong, Kim Jong Un, Kim Jong Il,
    Nicolas Maduro, Hugo Chavez, Fidel Castro, Raul Castro, Che Guevara, Javier Milei,
    Lula da Silva, Claudia Sheinbaum, Antonio Guterres, Kofi Annan, Pope Francis, Pope Leo,
    King Charles, Queen Elizabeth, Prince William, Prince Harry, Meghan Markle, Dalai Lama,
    Adolf Hitler, Joseph Goebbels, Heinrich Himmler, Hermann Goering, Benito Mussolini,
    Joseph Stalin, Josef Stalin, Iosif Stalin, Vladimir Lenin, Karl Marx, Leon Trotsky,
    Osama bin Laden, Saddam Hussein, Muammar Gaddafi, Pol Pot, Idi Amin, Talaat Pasha,
    Talat Pasha, Enver Pasha, Djemal Pasha, Jeffrey Epstein, Ghislaine Maxwell, Harvey Weinstein,
    Charles Manson, Ted Bundy, Lee Harvey Oswald, Timothy McVeigh, Martin Luther King,
    Martin Luther King Jr, Rosa Parks, Malcolm X, Kim Kardashian, Khloe Kardashian,
    Kourtney Kardashian, Kris Jenner, Kylie Jenner, Caitlyn Jenner, Kanye West, Taylor Swift,
    Beyonce Knowles, Michael Jackson, Elvis Presley, Cher Sarkisian, Serj Tankian,
    System of a Down, Tom Hanks, Tom Cruise, Brad Pitt, Angelina Jolie, George Clooney,
    Amal Clooney, Leonardo DiCaprio, Oprah Winfrey, Joe Rogan, Tucker Carlson, Alex Jones,
    Rush Limbaugh, Sean Hannity, Greta Thunberg, Edward Snowden, Julian Assange, Jesus Christ,
    Jesus Christus, Virgin Mary, Holy Spirit, Prophet Muhammad, Mickey Mouse, Minnie Mouse,
    Donald Duck, Bugs Bunny, Santa Claus, Homer Simpson, Bart Simpson, Peter Griffin,
    Harry Potter, Darth Vader, Luke Skywalker, James Bond, Bruce Wayne, Clark Kent, Peter Parker,
    Tony Stark, Captain America, Sherlock Holmes, Forrest Gump, Uncle Sam, Big Bird,
    SpongeBob SquarePants, John Doe, Jane Doe, John Q Public, Joe Public, Joe Bloggs, Fulano Detal,
    Ivan Ivanov, Foo Bar, First Last, Firstname Lastname, First Name, Your Name, My Name,
    Full Name, Name Surname, No Name, No Body, Some One, Test Test, Mike Hunt, Hugh Jass,
    Ben Dover, Seymour Butts, Mike Rotch, Phil McCracken, Dixie Normous, Dick Head, Haywood Jablome,
    Дональд Трамп, Джо Байден, Владимир Путин, Ильхам Алиев, Никол Пашинян, Адольф Гитлер,
    Иосиф Сталин, Владимир Ленин, Դոնալդ Թրամփ, Ջո Բայդեն, Վլադիմիր Պուտին, Իլհամ Ալիև,
    Նիկոլ Փաշինյան, Սերժ Սարգսյան, Ռոբերտ Քոչարյան, Ադոլֆ Հիտլեր, Իոսիֆ Ստալին,
    Dwight Eisenhower, Ike Eisenhower, Harry S Truman, Lyndon B Johnson, Herbert Hoover,
    Alexandria Ocasio Cortez, Nancy Pelosi, Mitch McConnell, Mike Johnson, Robert F Kennedy Jr,
    Marjorie Taylor Greene, Mohammed bin Salman, Bibi Netanyahu, Vova Putin, Tayyip Erdogan,
    JFK, RFK, FDR, LBJ, MLK, DJT, AOC, RBG, HRC, MTG, MBS, POTUS, Dubya, Drumpf, Putler, Killary,
    The Donald, Sleepy Joe, Crooked Joe, Crooked Hillary, Honest Abe, Slick Willie, Tricky Dick,
    Don the Con, Let's Go Brandon
"""

# Each line is one given name with what its bearers are called.
SHORT_FORMS: Final = """
    Abraham Abe
    Albert Al Bert
    Alexander Alex Alec Sasha
    Alexandria Alex Alexandra Sandy
    Andrew Andy Drew
    Anthony Tony Antony
    Arnold Arnie
    Benjamin Ben Benny Benji
    Bernard Bernie
    Catherine Katherine Kathryn Kathy Cathy Katie Kate Kat
    Charles Chuck Charlie Chas
    Christopher Chris Kit
    Cynthia Cindy
    Daniel Dan Danny
    David Dave Davey
    Deborah Debbie Deb Debra
    Donald Don Donnie Donny
    Dwight Ike
    Edward Ed Eddie Ted Teddy Ned
    Elizabeth Liz Beth Betty Eliza Lizzie
    Eugene Gene
    Francis Frank Frankie
    Franklin Frank
    Frederick Fred Freddy
    Gerald Gerry Jerry
    Gregory Greg
    Harold Hal Harry
    Henry Hank Harry
    Jacob Jake
    James Jim Jimmy Jamie
    Jeffrey Jeff Geoffrey
    Jennifer Jen Jenny
    John Jack Johnny Jon
    Jonathan Jon
    Joseph Joe Joey Josef Jo
    Joshua Josh
    Kenneth Ken Kenny
    Lawrence Larry
    Leonard Len Lenny
    Lyndon Lindon
    Margaret Maggie Peggy Meg
    Matthew Matt
    Michael Mike Mikey Mick
    Michelle Shelly
    Mitchell Mitch
    Nancy Nan
    Nicholas Nick Nicky
    Pamela Pam
    Patricia Pat Patty Tricia
    Patrick Pat Paddy
    Peter Pete
    Philip Phil
    Raphael Rafael Rafa
    Raymond Ray
    Richard Rick Ricky Dick Rich
    Robert Bob Bobby Rob Robbie Bert
    Ronald Ron Ronnie
    Rudolph Rudy
    Samuel Sam Sammy
    Samantha Sam
    Stephen Steve Steven Stevie
    Susan Sue Susie Suzy
    Theodore Ted Teddy Theo
    Thomas Tom Tommy
    Timothy Tim Timmy
    Ulysses Uly
    Victoria Vicky
    Vladimir Vlad Vova Volodya
    Walter Walt
    William Bill Billy Will Willie Liam
    Дональд Дон Донни
    Владимир Вова Володя Влад
"""
